"""Why a run turned out as it did: causal links, counterfactuals, the swap of policies."""
