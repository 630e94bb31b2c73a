import { defineRoutes } from "vitepress";
import { RECIPE_PAGES } from "../.vitepress/recipes.ts";

export default defineRoutes({ paths: () => [...RECIPE_PAGES] });
